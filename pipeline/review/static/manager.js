// The pages about candidates work without this; with it, a keyboard walks the shortlist and a quote opens in place.
(function () {
  "use strict";

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  // A link to something folded shows it.
  function unfold() {
    var folded = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (folded && folded.tagName === "DETAILS") { folded.open = true; }
  }
  window.addEventListener("hashchange", unfold);
  unfold();

  // j and k walk down and up the candidates; Enter follows the link that has the focus by itself.
  var rows = Array.prototype.slice.call(document.querySelectorAll("a[data-row]"));
  document.addEventListener("keydown", function (event) {
    var at = event.target;
    if (!rows.length || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
    if (at.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) { return; }
    if (event.key !== "j" && event.key !== "k") { return; }
    var now = rows.indexOf(document.activeElement);
    var row = at.closest("tr");
    if (now < 0 && row) { now = rows.findIndex(function (one) { return row.contains(one); }); }
    var next = event.key === "j" ? Math.min(now + 1, rows.length - 1) : Math.max(now - 1, 0);
    rows[next].focus();
    rows[next].closest("tr").scrollIntoView({ block: "nearest" });
    event.preventDefault();
  });

  // Two to four can stand side by side.
  var picked = document.querySelector("[data-picked]");
  if (picked) {
    var boxes = document.querySelectorAll("input[name=c]");
    var count = function () {
      var n = document.querySelectorAll("input[name=c]:checked").length;
      picked.textContent = n < 2 ? "Tick two to four candidates." : n + " chosen.";
      boxes.forEach(function (box) { box.disabled = n >= 4 && !box.checked; });
    };
    document.addEventListener("change", function (event) { if (event.target.name === "c") { count(); } });
    window.addEventListener("pageshow", count);
  }

  // A quote in the document that is open is scrolled to; another document is fetched into its place.
  var desk = document.querySelector(".desk");
  if (!desk) { return; }
  function show(number, smooth) {
    var anchor = number && document.getElementById("q" + number);
    var sheet = document.querySelector(".sheet");
    document.querySelectorAll("mark.current, .quote.current").forEach(function (one) { one.classList.remove("current"); });
    if (!anchor || !sheet) { return false; }
    document.querySelectorAll("mark[data-q~='" + number + "']").forEach(function (one) { one.classList.add("current"); });
    document.querySelectorAll("a[data-quote='" + number + "']").forEach(function (one) { one.closest(".quote").classList.add("current"); });
    var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches || !smooth;
    var top = anchor.getBoundingClientRect().top - sheet.getBoundingClientRect().top + sheet.scrollTop;
    sheet.scrollTo({ top: top - sheet.clientHeight / 3, behavior: still ? "auto" : "smooth" });
    var paper = document.getElementById("document").getBoundingClientRect();
    if (paper.top < 0 || paper.top > window.innerHeight - 200) {
      document.getElementById("document").scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
    }
    anchor.focus({ preventScroll: true });
    return true;
  }
  document.addEventListener("click", function (event) {
    var link = event.target.closest("a.to-quote, .doc-tabs a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) { return; }
    var target = new URL(link.href);
    var number = link.dataset.quote;
    if (number && show(number, true)) {
      event.preventDefault();
      history.replaceState(null, "", target);
      return;
    }
    event.preventDefault();
    fetch(target, { headers: { "Accept": "text/html" } }).then(function (answer) {
      if (!answer.ok) { throw new Error(); }
      return answer.text();
    }).then(function (text) {
      var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("document");
      document.getElementById("document").replaceWith(fresh);
      history.replaceState(null, "", target);
      var doc = target.searchParams.get("doc");
      document.querySelectorAll("input[name=doc]").forEach(function (one) { one.value = doc || "1"; });
      if (!show(number, false)) { fresh.focus({ preventScroll: true }); }
    }).catch(function () { location.assign(target); });
  });
  var first = /^#q(\d+)$/.exec(location.hash);
  if (first) { show(first[1], false); }
})();
