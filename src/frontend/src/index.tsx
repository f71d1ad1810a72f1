/** The widget: one root, one store and one React tree for each place it is shown. */

import { createRoot } from "react-dom/client";
import { listenForKeys } from "./shell/keyboard";
import { App } from "./App";
import { openStore, StoreContext } from "./shell/store";
import type { Channel } from "./shell/connection";
import { followTheme } from "./shell/theme";
import "@xyflow/react/dist/base.css";
import "./shell/base.css";
import "./drawing/drawing.css";
import "./drawing/canvas.css";
import "./shell/workbench.css";
import "./forms/forms.css";

/** Draw the widget in `el`; the function returned takes everything away again. */
export function render({ model, el }: { model: Channel; el: HTMLElement }): () => void {
  const root = document.createElement("div");
  root.className = "nbt";
  root.tabIndex = -1;
  el.append(root);
  const mine = ({ target }: FocusEvent): void => {
    // notebooks take no keys from what says so itself; its parents do not count
    if (target instanceof Element) target.setAttribute("data-lm-suppress-shortcuts", "true");
  };
  root.addEventListener("focusin", mine);

  const store = openStore(model);
  const tree = createRoot(root);
  tree.render(
    <StoreContext value={store}>
      <App />
    </StoreContext>,
  );
  const deaf = listenForKeys(root, store);
  const still = followTheme(root);

  return () => {
    deaf();
    still();
    tree.unmount();
    store.actions.close();
    root.remove();
  };
}

export default { render };
