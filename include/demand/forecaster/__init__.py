"""The LightGBM forecaster: features, training, calibration, release."""
