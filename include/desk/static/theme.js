// Before the page is drawn: the theme that the person chose, and the language that Airflow's pages have.
(function () {
  "use strict";
  var theme = localStorage.getItem("storekeeper-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  var has = /(^|; )storekeeper_language=/.test(document.cookie);
  var airflow = localStorage.getItem("i18nextLng");
  if (!has && airflow) {
    var language = airflow.toLowerCase().startsWith("zh") ? "zh" : "en";
    var root = document.documentElement.dataset.root || "";
    document.cookie = "storekeeper_language=" + language + "; path=" + (root || "/") + "; max-age=31536000; samesite=lax";
    if (!document.documentElement.lang.startsWith(language)) location.reload();
  }
})();
