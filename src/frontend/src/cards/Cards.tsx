/** The threats at what is selected, at most twelve at once, the worst of each first. */

import { useEffect, useRef, useState } from "react";
import type { Card } from "../shell/protocol";
import { useActions, useSession, useCommandHandler } from "../shell/store";
import { CardItem, type CardForm } from "./CardItem";
import { CardsHead, Nothing, Paging } from "./CardsHead";
import { focused, useKeptFocus } from "../shell/hooks";

export function Cards() {
  const answer = useSession((state) => state.cards);
  const lit = useSession((state) => state.lit);
  const { light } = useActions();
  const [form, setForm] = useState<{ key: string; form: CardForm } | null>(null);
  const box = useRef<HTMLElement>(null);
  const onFocus = useKeptFocus(box);
  const cards = answer?.cards ?? [];

  const show = (card: Card): void => light({ key: card.key, path: card.path.length > 0 ? card.path : [card.subject] });
  const toggle = (card: Card): void => {
    if (lit?.key === card.key) light(null);
    else show(card);
  };

  /** The card that a key means: the one with the focus, or else the lit one. */
  const meant = (): number => {
    const inside = box.current ? focused(box.current)?.closest<HTMLElement>("[data-item]") : null;
    const key = inside && box.current?.contains(inside) ? inside.dataset.item : lit?.key;
    return cards.findIndex((card) => card.key === key);
  };
  const go = (to: number): void => {
    const card = cards[Math.max(0, Math.min(cards.length - 1, to))];
    if (!card) return;
    show(card);
    const items = [...(box.current?.querySelectorAll<HTMLElement>("[data-item]") ?? [])];
    items
      .find((item) => item.dataset.item === card.key)
      ?.querySelector<HTMLElement>("[data-first]")
      ?.focus();
  };
  useCommandHandler(({ name }) => {
    const here = meant();
    if (name === "nextCard") go(here + 1);
    if (name === "previousCard") go(here < 0 ? 0 : here - 1);
    const card = cards[here];
    // A moment later, so that the key that asked for it is not typed into the field that opens.
    if (name === "dismissCard" && card) setTimeout(() => setForm({ key: card.key, form: "dismiss" }), 0);
  });
  useEffect(() => {
    // a path whose finding is not on the list any more is not left alight
    if (lit && answer && !answer.cards.some((card) => card.key === lit.key)) light(null);
  }, [lit, answer, light]);

  return (
    <section className="nbt-panel nbt-cards" aria-label="Threats" ref={box} onFocus={onFocus}>
      <CardsHead />
      {answer === null ? <p role="status">Looking for threats …</p> : null}
      {answer?.total === 0 ? <Nothing /> : null}
      <div className="nbt-stack">
        {cards.map((card) => (
          <CardItem
            key={card.key}
            card={card}
            lit={lit?.key === card.key}
            form={form?.key === card.key ? form.form : null}
            onToggle={() => toggle(card)}
            onForm={(next) => setForm(next && { key: card.key, form: next })}
          />
        ))}
      </div>
      <Paging />
    </section>
  );
}
