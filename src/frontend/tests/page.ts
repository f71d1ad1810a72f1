/** A page with the widget and a stand-in for Python, to look at and to drive. */

import { render } from "../src/index";
import type { Sections } from "../src/shell/protocol";
import { Fake } from "./fake";

const wanted = new URLSearchParams(location.search);
/** Adds so many elements in rows, each with a flow to the next. */
const many =
  (count: number) =>
  (view: Sections): Sections => {
    const [element, flow] = [view.elements["assistant"], view.flows["send"]];
    if (!element || !flow) return view;
    const elements = { ...view.elements };
    const flows = { ...view.flows };
    for (let n = 0; n < count; n += 1) {
      const id = `e${n}`;
      elements[id] = {
        ...element,
        id,
        name: `Element ${n}`,
        label: `Element ${n}`,
        boundary: null,
        x: (n % 25) * 240,
        y: 900 + Math.floor(n / 25) * 140,
      };
      if (n > 0)
        flows[`f${n}`] = {
          ...flow,
          id: `f${n}`,
          name: `Flow ${n}`,
          label: `Flow ${n}`,
          source: `e${n - 1}`,
          target: id,
        };
    }
    return { ...view, elements, flows };
  };

const boards = Number(wanted.get("boards") ?? 1);
const fakes: Fake[] = [];
for (let n = 0; n < boards; n += 1) {
  const fake = new Fake({ change: many(Number(wanted.get("elements") ?? 0)), part: wanted.get("part") ?? "workbench" });
  fakes.push(fake);
  const el = document.createElement("div");
  document.body.append(el);
  render({ model: fake, el });
}
Object.assign(window, { fakes });
