import { ReactFlowProvider, useStoreApi } from "@xyflow/react";
import { cleanup, render } from "@testing-library/react";
import { afterEach, describe, expect, test, vi } from "vitest";
import { replaceMeasuring, useUnmeasured } from "../../src/drawing/unmeasured";
import { openStore, StoreContext } from "../../src/shell/store";
import { Fake } from "../fake";

afterEach(cleanup);

describe("measuring", () => {
  test("is replaced in the store that React Flow has today, without a warning", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const store = openStore(new Fake());
    let measuring: unknown;
    function Part(): null {
      useUnmeasured();
      measuring = useStoreApi().getState().updateNodeInternals;
      return null;
    }
    render(
      <StoreContext value={store}>
        <ReactFlowProvider>
          <Part />
        </ReactFlowProvider>
      </StoreContext>,
    );
    expect((measuring as () => unknown)()).toBeUndefined();
    expect(String(measuring)).not.toContain("nodeLookup");
    expect(warn).not.toHaveBeenCalled();
    expect(store.getState().notice).toBeNull();
    store.actions.close();
  });

  test("is left alone where a store has no such function", () => {
    const set = vi.fn();
    expect(replaceMeasuring({ getState: () => ({}), setState: set })).toBe(false);
    expect(set).not.toHaveBeenCalled();
  });
});
