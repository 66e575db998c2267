// Keeps the training panel of the admin's project page fresh: often while something runs, seldom otherwise.
"use strict";

const panel = document.getElementById("training");
const ACTIVE_MS = 1000;
const QUIET_MS = 5000;

function wait() {
  const running = panel.querySelector('[data-active="1"]') !== null;
  setTimeout(refresh, running ? ACTIVE_MS : QUIET_MS);
}

async function refresh() {
  // Replacing a button under the keyboard or the pointer would swallow the press.
  if (!document.hidden && !panel.contains(document.activeElement)) {
    try {
      const answer = await fetch(panel.dataset.panel, { credentials: "same-origin" });
      if (answer.ok && !answer.redirected) {
        const text = await answer.text();
        if (text !== panel.innerHTML) {
          panel.innerHTML = text;
        }
      }
    } catch {
      // The server is away; the next round finds it again.
    }
  }
  wait();
}

if (panel) {
  wait();
}
