// Drop, choose and send: whole folders, with progress. Without this file the form sends what its fields hold.
(function () {
  "use strict";
  var form = document.getElementById("upload");
  if (!form || !window.FormData || !window.XMLHttpRequest) { return; }
  var drop = document.getElementById("drop");
  var list = document.getElementById("chosen");
  var send = document.getElementById("send");
  var stop = document.getElementById("stop");
  var sending = document.getElementById("sending");
  var bar = document.getElementById("sent");
  var words = document.getElementById("sent-words");
  var problem = document.getElementById("upload-problem");
  var mostBytes = Number(form.dataset.mostBytes);
  var mostFiles = Number(form.dataset.mostFiles);
  var chosen = new Map();
  var reading = 0;

  form.querySelectorAll("[data-with-script]").forEach(function (one) { one.hidden = false; });

  function size(bytes) {
    return bytes < 1e6 ? Math.max(1, Math.round(bytes / 1e3)) + " kB" : (bytes / 1e6).toFixed(1) + " MB";
  }

  function say(text) {
    problem.textContent = text;
    problem.hidden = !text;
  }

  function show() {
    var tops = new Map();
    var total = 0;
    chosen.forEach(function (file, path) {
      var top = path.indexOf("/") < 0 ? path : path.slice(0, path.indexOf("/")) + "/";
      var one = tops.get(top) || { files: 0, bytes: 0 };
      one.files += 1;
      one.bytes += file.size;
      total += file.size;
      tops.set(top, one);
    });
    list.textContent = "";
    list.hidden = !chosen.size;
    var left = 12;
    tops.forEach(function (one, top) {
      left -= 1;
      if (left < 0) { return; }
      var row = document.createElement("li");
      var name = document.createElement("span");
      var note = document.createElement("span");
      var away = document.createElement("button");
      name.className = "file";
      name.textContent = top;
      note.className = "note";
      note.textContent = (one.files > 1 ? one.files + " files, " : "") + size(one.bytes);
      away.type = "button";
      away.className = "link";
      away.textContent = "Leave out";
      away.setAttribute("aria-label", "Leave out " + top);
      away.addEventListener("click", function () {
        Array.from(chosen.keys()).forEach(function (path) {
          if (path === top || (top.slice(-1) === "/" && path.indexOf(top) === 0)) { chosen.delete(path); }
        });
        show();
        send.focus();
      });
      row.append(name, note, away);
      list.append(row);
    });
    if (left < 0) {
      var more = document.createElement("li");
      more.textContent = "and " + -left + " more";
      list.append(more);
    }
    if (chosen.size) {
      var sum = document.createElement("li");
      sum.className = "sum";
      sum.textContent = chosen.size.toLocaleString("en") + (chosen.size === 1 ? " file, " : " files, ") + size(total);
      list.append(sum);
    }
    say(total > mostBytes ? "That is more than " + size(mostBytes) + ". Send it in parts." :
        chosen.size > mostFiles ? "Those are more than " + mostFiles.toLocaleString("en") + " files. Send them in parts." : "");
    send.disabled = !chosen.size || reading > 0 || !problem.hidden;
  }

  function add(file, path) {
    if (/(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini)$/.test(path)) { return; }
    chosen.set(path, file);
  }

  form.querySelectorAll("input[type=file]").forEach(function (input) {
    input.addEventListener("change", function () {
      Array.from(input.files).forEach(function (file) { add(file, file.webkitRelativePath || file.name); });
      // What was chosen stands in the list; the field itself would be sent a second time without the script.
      input.value = "";
      show();
    });
  });

  function walk(entry, prefix) {
    reading += 1;
    function done() { reading -= 1; show(); }
    if (entry.isFile) {
      entry.file(function (file) { add(file, prefix + file.name); done(); }, done);
      return;
    }
    var reader = entry.createReader();
    (function more() {
      reader.readEntries(function (entries) {
        if (!entries.length) { done(); return; }
        entries.forEach(function (one) { walk(one, prefix + entry.name + "/"); });
        more();
      }, done);
    })();
  }

  ["dragenter", "dragover"].forEach(function (name) {
    drop.addEventListener(name, function (event) { event.preventDefault(); drop.classList.add("over"); });
  });
  ["dragleave", "drop"].forEach(function (name) {
    drop.addEventListener(name, function () { drop.classList.remove("over"); });
  });
  // A file that misses the field must not replace the page.
  ["dragover", "drop"].forEach(function (name) {
    document.addEventListener(name, function (event) { event.preventDefault(); });
  });
  drop.addEventListener("drop", function (event) {
    event.preventDefault();
    var items = Array.from(event.dataTransfer.items || []);
    var entries = items.map(function (one) { return one.webkitGetAsEntry && one.webkitGetAsEntry(); }).filter(Boolean);
    if (entries.length) {
      entries.forEach(function (entry) { walk(entry, ""); });
    } else {
      Array.from(event.dataTransfer.files).forEach(function (file) { add(file, file.name); });
      show();
    }
  });

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    if (!chosen.size) { say("Choose files or a folder first."); return; }
    var data = new FormData();
    ["csrf", "candidate"].forEach(function (name) { data.append(name, form.elements[name].value); });
    chosen.forEach(function (file, path) { data.append("files", file, path); });
    var request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", function (at) {
      if (!at.lengthComputable) { return; }
      bar.value = at.loaded / at.total;
      words.textContent = at.loaded < at.total ? "Sent " + size(at.loaded) + " of " + size(at.total) : "Sorting the files";
      if (at.loaded >= at.total) { bar.removeAttribute("value"); }
    });
    function over(text) {
      sending.hidden = stop.hidden = true;
      send.disabled = false;
      say(text);
    }
    request.addEventListener("load", function () {
      var answer = {};
      try { answer = JSON.parse(request.responseText); } catch (wrong) { answer = { detail: request.responseText.slice(0, 300) }; }
      if (request.status === 200 && answer.location) { location.assign(answer.location); return; }
      over(request.status === 401 ? "You were signed out. Open the sign-in page in another tab, then send again." : answer.detail || "That did not work.");
    });
    request.addEventListener("error", function () { over("The connection broke off. Nothing was added; send it again."); });
    request.addEventListener("abort", function () { over("Stopped. Nothing was added."); });
    stop.onclick = function () { request.abort(); };
    say("");
    bar.value = 0;
    sending.hidden = stop.hidden = false;
    send.disabled = true;
    request.send(data);
  });
  show();
})();
