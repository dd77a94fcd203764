// SPDX-License-Identifier: Apache-2.0
// Every page works without this: it adds the "/" key and a second look at work in progress.
const find = document.querySelector("[data-find]");
const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.altKey || event.metaKey || typing(event.target) || !find) return;
  event.preventDefault();
  find.focus();
  find.select();
});

// Work in progress: the page is fetched again while it is visible and nobody is typing.
const work = document.querySelector("[data-refresh]");
if (work) {
  setInterval(() => {
    if (!document.hidden && !typing(document.activeElement)) location.reload();
  }, Number(work.dataset.refresh) * 1000);
}
