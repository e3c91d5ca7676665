import json

import pandas as pd

from benchmarks.customers import main


def test_the_command_scores_every_customer_of_the_file(tmp_path, shop):
    book = pd.DataFrame({"customer_id": shop.customers[shop.owner], "date": pd.to_datetime(shop.day, unit="D")})
    book = book[book["date"] <= "2024-05-31"].assign(amount=19.9)
    book.loc[book.index[0], "amount"] = -3.0  # the judge counts the day all the same
    book.to_csv(tmp_path / "orders.csv", index=False)
    (tmp_path / "task.json").write_text(json.dumps({"as_of": "2024-05-31", "horizon_days": 60}))

    main(tmp_path, tmp_path / "out.csv")

    scores = pd.read_csv(tmp_path / "out.csv", dtype={"customer_id": str})
    assert set(scores["customer_id"]) == set(book["customer_id"])
    assert scores.columns.tolist() == ["customer_id", "p_churn", "expected_orders"]
    assert scores.notna().all().all()
