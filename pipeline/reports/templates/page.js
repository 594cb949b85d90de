(function () {
  "use strict";
  var tools = document.getElementById("tools");
  var table = document.getElementById("table");

  function openAt(hash) {
    var target = hash.length > 1 && document.getElementById(hash.slice(1));
    var around = target && (target.closest("details") || target.querySelector("details"));
    if (around && !around.open) {
      around.open = true;
      target.scrollIntoView();
    }
  }

  // Browsers print what is open: a printed shortlist holds the justifications above the cut, whatever was closed.
  var closed = [];
  window.addEventListener("beforeprint", function () {
    closed = Array.prototype.slice.call(document.querySelectorAll("details[data-top]:not([open])"));
    closed.forEach(function (one) { one.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (one) { one.open = false; });
  });
  window.addEventListener("hashchange", function () { openAt(location.hash); });
  openAt(location.hash);

  if (!tools || !table || table.tBodies[0].rows.length < 13) { return; }
  var rows = Array.prototype.slice.call(table.tBodies[0].rows);
  var find = document.getElementById("find");
  var only = document.getElementById("only");
  function filter() {
    var words = find.value.trim().toLowerCase();
    var shown = 0;
    rows.forEach(function (row) {
      var band = row.getAttribute("data-b");
      var fits = band === null
        ? !words && !only.value
        : (!only.value || band === only.value) && row.textContent.toLowerCase().indexOf(words) >= 0;
      row.hidden = !fits;
      if (fits && band !== null) { shown += 1; }
    });
    document.getElementById("shown").textContent = words || only.value ? shown + " shown" : "";
  }
  tools.addEventListener("submit", function (event) { event.preventDefault(); });
  find.addEventListener("input", filter);
  only.addEventListener("change", filter);
  tools.hidden = false;
})();
