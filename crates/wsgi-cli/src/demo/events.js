"use strict";

const show = (id, text) => {
  document.getElementById(id).textContent = text;
};

document.getElementById("clock").hidden = false;

let last = null;
let seen = 0;
let missed = 0;

const events = new EventSource(new URL("events", document.baseURI));
events.addEventListener("open", () => show("state", "open"));
events.addEventListener("error", () => show("state", "interrupted"));
events.addEventListener("tick", (event) => {
  const second = Number(event.lastEventId);
  if (last !== null) {
    missed += second - last - 1;
  }
  last = second;
  seen += 1;
  const { time, visitors, process } = JSON.parse(event.data);
  show("time", time);
  show("visitors", visitors);
  show("process", process);
  show("seen", seen);
  show("missed", missed);
});
