// The page is printed, or saved as PDF, by the browser.
document.querySelector("[data-print]").addEventListener("click", () => window.print());
