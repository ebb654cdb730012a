"use strict";
for (const filter of document.querySelectorAll(".filter")) {
  const section = filter.parentElement;
  const [words, only] = filter.querySelectorAll("input");
  const status = filter.querySelector("[role=status]");
  const steps = [...section.querySelectorAll(".step")].map((step) => ({
    step,
    text: step.querySelector("summary").textContent.toLowerCase() + " " + step.querySelector("dd").textContent.toLowerCase(),
  }));
  const apply = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter((word) => word);
    let number = 0;
    for (const { step, text } of steps) {
      step.hidden = (only.checked && step.classList.contains("allowed")) || !wanted.every((word) => text.includes(word));
      number += step.hidden ? 0 : 1;
    }
    const filters = wanted.length > 0 || only.checked;
    for (const phase of section.querySelectorAll(".phase")) {
      phase.hidden = filters && !phase.querySelector(".step:not([hidden])");
      if (filters && !phase.hidden) phase.open = true;
    }
    status.textContent = filters ? number + " of " + steps.length + " steps" : "";
  };
  words.addEventListener("input", apply);
  only.addEventListener("change", apply);
  const open = (whether) => {
    for (const part of section.querySelectorAll(whether ? "details" : ".step")) part.open = whether;
  };
  filter.querySelector(".open").addEventListener("click", () => open(true));
  filter.querySelector(".close").addEventListener("click", () => open(false));
  filter.hidden = false;
}
for (const picture of document.querySelectorAll(".scroll:not(.table)")) {
  const first = picture.querySelector(".node")?.getBoundingClientRect();
  const border = picture.getBoundingClientRect();
  if (first && first.right > border.right) picture.scrollLeft = (first.left + first.right) / 2 - (border.left + border.right) / 2;
}
const reveal = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
  if (target) target.scrollIntoView();
};
addEventListener("hashchange", reveal);
reveal();
