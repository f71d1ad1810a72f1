import type { CopyAnswer } from "../protocol";
import type { Actions } from "../store";

/** Keep both files somewhere else, for when the disk will not take them. */
export async function downloadCopy(ask: Actions["ask"]): Promise<void> {
  const { name, system, registerName, register } = await ask<CopyAnswer>({ ask: "copy" });
  give(name, system);
  if (register) give(registerName, register);
}

function give(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
