import type { CopyAnswer, PublishAnswer } from "./protocol";
import type { Actions } from "./store";

/** Keep both files somewhere else, for when the disk will not take them. */
export async function downloadCopy(ask: Actions["ask"]): Promise<void> {
  const { name, system, registerName, register } = await ask<CopyAnswer>({ ask: "copy" });
  give(name, system);
  if (register) give(registerName, register);
}

/** Publish the register in a format; the answer says as what and for whom. */
export async function downloadPublished(ask: Actions["ask"], format: string): Promise<PublishAnswer> {
  const made = await ask<PublishAnswer>({ ask: "publish", format });
  give(
    made.name,
    Uint8Array.from(atob(made.data), (letter) => letter.charCodeAt(0)),
    made.mediaType,
  );
  return made;
}

function give(name: string, data: BlobPart, type = "application/yaml"): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([data], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
