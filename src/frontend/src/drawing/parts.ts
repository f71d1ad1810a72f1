/** Parts: the technologies as the palette shows them, as short groups or as what a search found. */

import type { Shape, TechnologyTerm } from "../shell/protocol";

export interface Part {
  id: string;
  name: string;
  what: string;
  shape: Shape | "boundary";
  depth: number;
  generic: boolean;
}
export interface Group {
  title: string;
  parts: readonly Part[];
}

export const BOUNDARY: Part = {
  id: "",
  name: "Trust boundary",
  what: "A region whose inside is trusted alike.",
  shape: "boundary",
  depth: 0,
  generic: false,
};

/** What most drawings of AI systems begin with, as far as the library knows it. */
const OFTEN = [
  "end-user",
  "client-ui",
  "application",
  "hosted-llm",
  "own-llm",
  "agent",
  "tool",
  "mcp-server",
  "retriever",
  "vector-store",
  "knowledge-base",
  "guardrail",
];
const TITLES: Readonly<Record<Shape, string>> = { process: "Processes", store: "Stores", external: "Outside" };

export function groupsOf(technologies: readonly TechnologyTerm[]): Group[] {
  const byId = new Map(technologies.map((term) => [term.id, term]));
  const often = OFTEN.flatMap((id) => byId.get(id) ?? []);
  const shapes: Shape[] = ["process", "store", "external"];
  return [
    { title: "Often used", parts: [BOUNDARY, ...often.map((term) => part(term, 0))] },
    ...shapes.map((shape) => ({
      title: TITLES[shape],
      parts: technologies
        .filter((term) => term.within === null && term.shape === shape)
        .flatMap((term) => tree(term, technologies, 0)),
    })),
  ].filter(({ parts }) => parts.length > 0);
}

function tree(term: TechnologyTerm, all: readonly TechnologyTerm[], depth: number): Part[] {
  const inner = all.filter((inside) => inside.within === term.id);
  return [part(term, Math.max(0, depth - 1)), ...inner.flatMap((inside) => tree(inside, all, depth + 1))];
}

function part({ id, name, what, shape, generic }: TechnologyTerm, depth: number): Part {
  return { id, name, what, shape, generic, depth };
}

/** Parts that have every word of the search in their name or description; those that begin with it come first. */
export function found(technologies: readonly TechnologyTerm[], search: string): Part[] {
  const wanted = search.toLowerCase().trim();
  const words = wanted.split(/\s+/);
  const rank = (part: Part): number => {
    const name = part.name.toLowerCase();
    if (name.startsWith(wanted)) return 0;
    if (words.every((word) => name.includes(word) || part.id.includes(word))) return 1;
    return words.every((word) => `${name} ${part.id} ${part.what.toLowerCase()}`.includes(word)) ? 2 : 3;
  };
  return [BOUNDARY, ...technologies.map((term) => part(term, 0))]
    .map((part) => ({ part, rank: rank(part) }))
    .filter((entry) => entry.rank < 3)
    .sort((a, b) => a.rank - b.rank || Number(a.part.generic) - Number(b.part.generic))
    .map(({ part }) => part);
}

const NAMES = new WeakMap<readonly TechnologyTerm[], ReadonlyMap<string, string>>();

/** What a technology is called, found fast: every box asks it at every change. */
export function technologyName(technologies: readonly TechnologyTerm[] = [], id = ""): string | undefined {
  const known = NAMES.get(technologies) ?? new Map(technologies.map((term) => [term.id, term.name]));
  NAMES.set(technologies, known);
  return known.get(id);
}
