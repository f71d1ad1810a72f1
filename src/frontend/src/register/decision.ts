/** What is decided about a finding, as somebody fills it in: all of it is text, and nothing is sent from here. */

import type {
  Advice,
  Confidence,
  Cost,
  DoDecide,
  Level,
  RegisterRow,
  Residual,
  Treatment,
  Unsaid,
} from "../shell/protocol";

export interface Decision {
  treatment: string;
  owner: string;
  rationale: string;
  due: string;
  approver: string;
  expires: string;
  likelihood: string;
  impact: string;
  because: string; // the residual rating
  confidence: string;
  plan: string;
  cost: string;
  operator: string;
  user: string; // what they are told
  marking: string;
}
export type Part = keyof Decision;

export const BLANK: Decision = {
  treatment: "",
  owner: "",
  rationale: "",
  due: "",
  approver: "",
  expires: "",
  likelihood: "",
  impact: "",
  because: "",
  confidence: "",
  plan: "",
  cost: "",
  operator: "",
  user: "",
  marking: "",
};

/** A decision as it stands, and the advice it came with. */
export interface Standing {
  decision: Decision;
  communicate: readonly Advice[];
}

export const UNSAID: Standing = { decision: BLANK, communicate: [] };

function told(communicate: readonly Advice[], to: Advice["to"]): string {
  return communicate
    .filter((advice) => advice.to === to)
    .map((advice) => advice.text)
    .join("\n");
}

export function standing(row: RegisterRow): Standing {
  const { treatment, owner, due, approver, expires, residual, confidence, plan, cost, communicate, marking } = row;
  return {
    decision: {
      treatment,
      owner,
      due,
      approver,
      expires,
      confidence,
      plan,
      cost,
      marking,
      rationale: row.standing === "set aside" ? "" : row.rationale, // which says why it is not here
      likelihood: residual ? String(residual.likelihood) : "",
      impact: residual ? String(residual.impact) : "",
      because: residual?.because ?? "",
      operator: told(communicate, "operator"),
      user: told(communicate, "end-user"),
    },
    communicate,
  };
}

/** What is still missing, by field: a short name, and what to do. */
export function missing(decision: Decision): Partial<Record<Part, { name: string; what: string }>> {
  const accepting = decision.treatment === "accept";
  const rated = decision.likelihood !== "" && decision.impact !== "";
  const rating = decision.likelihood !== "" || decision.impact !== "" || decision.because.trim() !== "";
  return {
    ...(decision.treatment ? {} : { treatment: { name: "a treatment", what: "Choose what is to be done about it." } }),
    ...(decision.owner.trim()
      ? {}
      : { owner: { name: "who sees to it", what: "Name a role or a team that sees to it, such as “Platform team”." } }),
    ...(decision.rationale.trim() ? {} : { rationale: { name: "why", what: "Say why, in a sentence." } }),
    ...(accepting && !decision.approver.trim()
      ? { approver: { name: "who accepts it", what: "Name the role that accepts the risk." } }
      : {}),
    ...(accepting && !decision.expires
      ? { expires: { name: "until when", what: "Give a date after which this is decided again." } }
      : {}),
    ...(rating && !rated
      ? { likelihood: { name: "what remains", what: "Say both how likely and how bad it will be." } }
      : {}),
  };
}

/** What is decided, without the key: what nobody filled in or changed is left out, so that it stays as it was. */
export function deciding(decision: Decision, from: Standing = UNSAID): Omit<DoDecide, "op" | "key"> {
  const before = from.decision;
  const text = (part: Part): string => decision[part].trim();
  const changed = (...parts: Part[]): boolean => parts.some((part) => text(part) !== before[part].trim());
  const accepting = decision.treatment === "accept";
  const clear = [
    ...(changed("likelihood") && !text("likelihood") ? ["residual"] : []),
    ...(changed("confidence") && !text("confidence") ? ["confidence"] : []),
    ...(changed("cost") && !text("cost") ? ["cost"] : []),
  ] as Unsaid[];
  const because = text("because");
  const residual: Residual | null =
    text("likelihood") && text("impact")
      ? {
          likelihood: Number(decision.likelihood) as Level,
          impact: Number(decision.impact) as Level,
          ...(because ? { because } : {}),
        }
      : null;
  const advice = (
    [
      ["operator", "operator"],
      ["end-user", "user"],
    ] as const
  ).flatMap(([to, part]): readonly Advice[] =>
    !changed(part)
      ? from.communicate.filter((advice) => advice.to === to)
      : text(part)
        ? [{ to, text: text(part) }]
        : [],
  );
  return {
    treatment: (decision.treatment || "mitigate") as Treatment,
    owner: text("owner"),
    rationale: text("rationale"),
    ...(decision.due ? { due: decision.due } : {}),
    ...(accepting ? { approver: text("approver"), expires: decision.expires } : {}),
    ...(residual && changed("likelihood", "impact", "because") ? { residual } : {}),
    ...(changed("confidence") && text("confidence") ? { confidence: decision.confidence as Confidence } : {}),
    ...(changed("plan") ? { plan: text("plan") } : {}),
    ...(changed("cost") && text("cost") ? { cost: decision.cost as Cost } : {}),
    ...(changed("operator", "user") ? { communicate: advice } : {}),
    ...(changed("marking") ? { marking: text("marking") } : {}),
    ...(clear.length > 0 ? { clear } : {}),
  };
}
