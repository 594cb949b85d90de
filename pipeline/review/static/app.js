// What every page does beyond its forms and links. Everything here only makes a working page nicer.
(function () {
  "use strict";
  var token = document.querySelector("meta[name=csrf]");

  document.addEventListener("htmx:configRequest", function (event) {
    if (token) { event.detail.headers["X-CSRF-Token"] = token.content; }
  });

  // An answer that says what is wrong is shown where the answer would have stood.
  document.addEventListener("htmx:beforeSwap", function (event) {
    var status = event.detail.xhr.status;
    if (status >= 400 && status < 500) { event.detail.shouldSwap = true; }
  });

  // Times are written in UTC; their readers live somewhere.
  function localTimes(root) {
    root.querySelectorAll("time[datetime]:not([data-zone])").forEach(function (one) {
      var at = new Date(one.dateTime);
      if (isNaN(at) || one.dataset.local) { return; }
      one.dataset.local = "1";
      one.title = one.textContent;
      one.textContent = at.toLocaleString(navigator.language, {
        day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit"
      });
    });
  }

  // A screen reader hears a sentence once, however often the part that holds it is fetched again.
  var live = document.getElementById("live");
  function announce(root) {
    var says = root.querySelector("[data-say]");
    if (live && says && live.textContent !== says.dataset.say) { live.textContent = says.dataset.say; }
  }

  function fresh(root) { localTimes(root); announce(root); }
  document.addEventListener("htmx:afterSettle", function () { fresh(document); });
  fresh(document);

  // A schedule is meant in the time of whoever sets it.
  document.querySelectorAll("input[data-zone]").forEach(function (one) {
    var zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (one.value === "UTC" && zone) { one.value = zone; }
  });

  // A question before something that cannot be taken back.
  document.addEventListener("submit", function (event) {
    var button = event.submitter;
    var question = button && button.dataset.ask;
    if (question && !window.confirm(question)) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);

  // What was typed and not saved is not lost by a slip.
  var dirty = false;
  document.querySelectorAll("form[data-keep]").forEach(function (form) {
    dirty = dirty || "dirty" in form.dataset;
    form.addEventListener("input", function () { dirty = true; });
  });
  document.addEventListener("submit", function (event) { if (!event.defaultPrevented) { dirty = false; } });
  window.addEventListener("beforeunload", function (event) { if (dirty) { event.preventDefault(); } });

  // From a problem to its line in the text.
  document.addEventListener("click", function (event) {
    var button = event.target.closest("button[data-line]");
    var text = document.querySelector("textarea[data-lines], textarea[data-drop-text]");
    if (!button || !text) { return; }
    var lines = text.value.split("\n");
    var line = Math.min(Number(button.dataset.line), lines.length) - 1;
    var start = lines.slice(0, line).reduce(function (sum, one) { return sum + one.length + 1; }, 0);
    text.focus();
    text.setSelectionRange(start, start + lines[line].length);
    text.scrollTop = Math.max(0, line - 4) * parseFloat(getComputedStyle(text).lineHeight);
  });

  // A file that is dropped on a text field is read into it.
  document.querySelectorAll("textarea[data-drop-text]").forEach(function (text) {
    text.addEventListener("drop", function (event) {
      var file = event.dataTransfer && event.dataTransfer.files[0];
      if (!file || file.size > 500000) { return; }
      event.preventDefault();
      file.text().then(function (content) { text.value = content; text.dispatchEvent(new Event("input", { bubbles: true })); });
    });
  });

  // Cookies that came from a mail are held back by the browser once; asked from our own page they are sent.
  var resume = document.querySelector("[data-resume]");
  if (resume) {
    fetch("/sign-in/still", { headers: { "Accept": "application/json" } }).then(function (answer) {
      if (answer.status === 204) { location.replace(resume.dataset.resume); }
    }).catch(function () {});
  }
})();
