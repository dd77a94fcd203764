// SPDX-License-Identifier: Apache-2.0
// The watch page works with the browser's own controls; this renews a link that ran out, keeps the wanted time meanwhile,
// adds keys and the Copy button.
const player = document.querySelector("[data-player]");
const toast = document.querySelector("[data-toast]");
const source = player.querySelector("source");
let wanted = 0; // the last good time, kept apart from the element: only playing and seeking move it
let renewed = 0; // when a link was last renewed, ms

const say = (text) => {
  toast.textContent = text;
  toast.hidden = text === "";
};

player.addEventListener("timeupdate", () => {
  if (player.readyState > 1 && !player.error) wanted = player.currentTime;
});
player.addEventListener("seeking", () => {
  if (!player.error && player.readyState > 0) wanted = player.currentTime;
});

const address = () => (player.currentSrc || source.src).split("#")[0];

// A fresh link, or null when this viewer gets none.
const freshLink = async () => {
  if (!player.dataset.renew) return null;
  const answer = await fetch(player.dataset.renew, { headers: { Accept: "application/json" } });
  if (!answer.ok) return null;
  const { stream } = await answer.json();
  return typeof stream === "string" && stream.startsWith("/stream/") ? stream : null;
};

const resume = (link) => {
  const at = wanted;
  player.src = link;
  player.addEventListener("loadedmetadata", () => { player.currentTime = at; }, { once: true });
  player.play().catch(() => {});
};

// The element only says "error"; one small request tells why.
const diagnose = async () => {
  let answer = null;
  try {
    answer = await fetch(address(), { headers: { Range: "bytes=0-0" } });
  } catch {
    say("The connection is gone. Playback continues when it is back.");
    addEventListener("online", () => { say(""); resume(address()); }, { once: true });
    return;
  }
  const reason = answer.headers.get("Sv-Reason");
  answer.body?.cancel();
  if (answer.status === 403 && reason === "link-expired" && Date.now() - renewed > 10000) {
    renewed = Date.now();
    const link = await freshLink().catch(() => null);
    if (link) resume(link);
    else location.search = `?t=${Math.floor(wanted)}`;
    return;
  }
  say(answer.ok ? "This browser could not play the film. It may play in another player: the address stands below."
    : `The film cannot be read at the moment (${answer.status}). Reload the page to try again.`);
};
let busy = false;
const recover = async () => {
  if (busy) return;
  busy = true;
  await diagnose();
  busy = false;
};
player.addEventListener("error", recover);
source.addEventListener("error", recover);
// the source may have failed before this module ran
if (player.error || player.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) recover();
player.addEventListener("playing", () => say(""));

const keys = {
  k: () => (player.paused ? player.play() : player.pause()),
  j: () => { player.currentTime -= 10; },
  l: () => { player.currentTime += 10; },
  m: () => { player.muted = !player.muted; },
  f: () => (document.fullscreenElement ? document.exitFullscreen() : player.requestFullscreen()),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea")) return;
  const act = keys[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  Promise.resolve(act()).catch(() => {});
});

const copy = document.querySelector("[data-copy]");
const field = document.querySelector("[data-address]");
if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    field.select();
    await navigator.clipboard.writeText(field.value);
  });
}
