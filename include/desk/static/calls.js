// One call on one screen: a key presses the button that bears it, and an order number is copied.
(function () {
  "use strict";
  // Before the keys of lists, which mean other things.
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (field.matches("input, textarea, select")) return;
    const button = document.querySelector('[data-key="' + CSS.escape(event.key.toLowerCase()) + '"]');
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    button.click();
  }, true);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = document.querySelector(button.dataset.copy);
    const told = () => { button.textContent = "✓ " + button.dataset.copied; };
    if (navigator.clipboard) navigator.clipboard.writeText(text.textContent).then(told, () => select(text));
    else { select(text); if (document.execCommand("copy")) told(); } // a desk that is served without TLS
  });
  function select(element) {
    const range = document.createRange();
    range.selectNodeContents(element);
    const chosen = getSelection();
    chosen.removeAllRanges();
    chosen.addRange(range);
  }
})();
