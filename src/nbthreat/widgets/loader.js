// Asks Python for the bundle over the widget's own line, once a page: so it is in no widget's state, in no saved
// notebook, and comes from no network.
const loaded = (globalThis.__nbthreatBundles ??= new Map());

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

function text(buffer) {
  return new TextDecoder().decode(buffer);
}

async function load(model) {
  const { script, style } = await received(model);
  const sheet = document.createElement("style");
  sheet.textContent = style;
  document.head.append(sheet);
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  try {
    return await import(/* webpackIgnore: true */ url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

export default {
  async render({ model, el }) {
    const hash = model.get("bundle");
    if (!loaded.has(hash)) {
      const found = load(model);
      loaded.set(hash, found);
      found.catch(() => loaded.delete(hash));
    }
    el.textContent = "Loading the workbench…";
    const { render } = await loaded.get(hash);
    el.textContent = "";
    return render({ model, el });
  },
};
