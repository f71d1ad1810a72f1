// Asks Python for the bundle over the widget's own line, once a page: so it is in no widget's state, in no saved
// notebook, and comes from no network.
const loaded = (globalThis.__nbthreatBundles ??= new Map());

// What is used of JupyterLab's end of the widget's line, which JupyterLab promises to nobody.
const USED = ["commsOverSubshells", "subshellId", "subshellStarted"];

// JupyterLab sends what all widgets say to one thread of the kernel, and goes on so when a restart from outside the page
// took that thread away: nothing would arrive (jupyterlab/jupyterlab#17363). Then this widget has a thread of its own.
async function connected(model) {
  const manager = model.widget_manager;
  const kernel = manager?.kernel;
  if (!kernel?.supportsSubshells) return;
  const line = (await manager.get_model(model.get("line"))).comm;
  if (!line) return;
  const comm = line.jsServicesComm;
  if (!comm || !USED.every((name) => name in comm) || !kernel.requestListSubshell) {
    console.warn(
      "nbthreat: this JupyterLab sends messages to the kernel in another way than nbthreat knows. Where the workbench " +
        "stops answering, restart the kernel and run the cell again.",
    );
    return;
  }
  if (comm.commsOverSubshells !== "perCommTarget") return;
  await comm.subshellStarted;
  const { content } = await kernel.requestListSubshell({}).done;
  if (content.subshell_id.includes(comm.subshellId)) return;
  comm.commsOverSubshells = "perComm";
  await comm.subshellStarted;
}

function received(model) {
  return new Promise((resolve) => {
    const hear = (content, buffers) => {
      if (content.type !== "bundle") return;
      model.off("msg:custom", hear);
      resolve({ script: text(buffers[0]), style: text(buffers[1]) });
    };
    model.on("msg:custom", hear);
    model.send({ type: "bundle" });
  });
}

// What is seen where no kernel answers. The drawing as it was when the cell ran is an output of its own below.
function silent(el) {
  el.textContent = "No kernel answers. Run the cell to go on drawing; nothing that was saved is lost.";
}

function text(buffer) {
  return new TextDecoder().decode(buffer);
}

// Once a page; and once for each widget that stands in a tree of its own, as in marimo, where the page's do not reach.
function dress(el, style, name) {
  const root = el.getRootNode();
  const home = root instanceof ShadowRoot ? root : document.head;
  if (home.querySelector(`style[data-nbthreat="${name}"]`)) return;
  const sheet = document.createElement("style");
  sheet.dataset.nbthreat = name;
  sheet.textContent = style;
  home.append(sheet);
}

async function load(model) {
  const { script, style } = await received(model);
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  try {
    const { render } = await import(/* webpackIgnore: true */ url);
    return { render, style };
  } finally {
    URL.revokeObjectURL(url);
  }
}

export default {
  async render({ model, el }) {
    el.textContent = "Loading the workbench…";
    await Promise.race([connected(model).catch(() => {}), new Promise((done) => setTimeout(done, 1_000))]);
    const hash = model.get("bundle");
    if (!loaded.has(hash)) {
      const found = load(model);
      loaded.set(hash, found);
      found.catch(() => loaded.delete(hash));
    }
    const patience = setTimeout(() => silent(el), 6_000);
    const { render, style } = await loaded.get(hash);
    clearTimeout(patience);
    dress(el, style, hash);
    el.textContent = "";
    return render({ model, el });
  },
};
