// Colours. A component has the same one in every chart of every page; neighbours in a stack differ in lightness too, so that
// they can be told apart with any colour vision (after Okabe and Ito's palette).

const componentColours = {
  "dram": ["#0072b2", "#3d9bd6"],
  "host_dram": ["#66b5e6", "#8fd0f7"],
  "accelerator.array": ["#d55e00", "#e8752a"],
  "accelerator.vector_unit": ["#e69f00", "#f0b63f"],
  "accelerator.expansion_unit": ["#a89a00", "#e3d64a"],
  "accelerator.transform_unit": ["#7a3b1d", "#b9744f"],
  "accelerator.scratchpad": ["#009e73", "#2dbd93"],
  "accelerator.dma_in": ["#6fcfb4", "#8fe0ca"],
  "accelerator.dma_out": ["#9ccc65", "#b8e08a"],
  "accelerator.sequencer": ["#8a939c", "#9aa5b0"],
  "interconnect": ["#cc79a7", "#e39bc2"],
  "host_interconnect": ["#e6b3d0", "#f3cfe3"],
  "channel": ["#8e3b8e", "#c474c4"],
  "host": ["#3b3f8f", "#8f95f0"],
};
const spareColours = [["#5b6770", "#b0bac3"], ["#b07d4f", "#d3a577"], ["#4d7c4d", "#86b986"], ["#7d5ba6", "#b598da"]];
const runColours = [["#0072b2", "#56b4e9"], ["#d55e00", "#f0894a"], ["#009e73", "#3cc99d"], ["#9c4a86", "#dd92c6"], ["#7d6a00", "#e0cf5a"], ["#5b6770", "#b0bac3"]];
const activityColours = {
  busy: ["#0072b2", "#3d9bd6"],
  dependency: ["#e69f00", "#f0b63f"],
  memory: ["#d55e00", "#e8752a"],
  port: ["#cc79a7", "#e39bc2"],
  queue_full: ["#b9a36b", "#c9b681"],
  idle: ["#e3e7eb", "#2c343d"],
};
const phaseColours = {
  forward: ["#0072b2", "#56b4e9"], backward: ["#d55e00", "#f0894a"], update: ["#009e73", "#3cc99d"],
  full_gradient: ["#8e3b8e", "#c474c4"], inner: ["#e69f00", "#f0b63f"], recentre: ["#a89a00", "#e3d64a"],
  transfer: ["#cc79a7", "#e39bc2"], boot: ["#8a939c", "#9aa5b0"], other: ["#8a939c", "#9aa5b0"],
};

let dark = false;
const shade = pair => pair[dark ? 1 : 0];
const runColour = index => shade(runColours[index % runColours.length]);
const phaseColour = phase => shade(phaseColours[phase] ?? spareColours[0]);
const activityColour = state => shade(activityColours[state] ?? spareColours[1]);

// The order of a stack: as the table above, then names that it lacks.
const componentOrder = names => {
  const known = Object.keys(componentColours);
  const place = name => (known.includes(name) ? known.indexOf(name) : known.length);
  return [...names].sort((a, b) => place(a) - place(b) || a.localeCompare(b));
};
const spareNames = [];
const componentColour = name => {
  if (componentColours[name]) return shade(componentColours[name]);
  if (!spareNames.includes(name)) spareNames.push(name);
  return shade(spareColours[spareNames.indexOf(name) % spareColours.length]);
};
const ink = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const plainComponent = name => name.replace("accelerator.", "").replaceAll("_", " ");
