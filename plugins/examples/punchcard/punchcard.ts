// A module in TypeScript: every fifth visit costs less. It uses nothing but what each call brings.

interface Named { key: string; value: string }
interface Context { language: string; config: string }
interface Visitor { completedVisits: number }
interface Item { key: string; price: number }
interface Draft { items: Item[]; visitor?: Visitor }
interface PriceLine { key: string; label: string; amount: number; fields: Named[] }

/** What an owner decides. */
interface Config { every: number; percent: number }

const LABELS: Record<string, string> = {
  es: "Tarjeta de visitas",
  en: "Punch card",
  pt: "Cartão de visitas",
  id: "Kartu kunjungan",
};

function configured(context: Context): Config {
  const typed = (JSON.parse(context.config) ?? {}) as Partial<Config>;
  return { every: typed.every ?? 5, percent: typed.percent ?? 20 };
}

/** The visit being booked is the one after those that are done. */
function isDue(draft: Draft, every: number): boolean {
  return draft.visitor !== undefined && (draft.visitor.completedVisits + 1) % every === 0;
}

export const business = {
  describe() {
    return {
      name: "punchcard",
      version: "1.0.0",
      title: [{ language: "en", text: "Punch card" }, { language: "es", text: "Tarjeta de visitas" }],
      languages: ["es", "en", "pt", "id"],
      capabilities: [],
      requires: [],
      configSchema: JSON.stringify({
        type: ["object", "null"],
        additionalProperties: false,
        properties: {
          every: { type: "integer", minimum: 2, maximum: 50 },
          percent: { type: "integer", minimum: 1, maximum: 100 },
        },
      }),
      dataVersion: 0,
      vocabularies: [],
      services: [],
      tools: [],
      dialogs: [],
      forms: [],
      prompts: [],
      messages: [],
      automations: [],
      tiles: [],
      events: [],
      fields: [],
    };
  },
  checkConfig(_context: Context) {
    return [];
  },
  quote(context: Context, draft: Draft) {
    const { every, percent } = configured(context);
    const total = draft.items.reduce((sum, item) => sum + item.price, 0);
    const lines: PriceLine[] = [];
    if (isDue(draft, every) && total > 0) {
      const label = LABELS[context.language.split("-")[0]] ?? LABELS.en;
      lines.push({ key: "punchcard", label: `${label} (-${percent} %)`, amount: -Math.floor((total * percent) / 100), fields: [] });
    }
    return { lines, fields: [] };
  },
  review(_context: Context, _draft: Draft) {
    return { refusals: [], adjustments: [], notes: [], order: [], required: [], forms: [], fields: [] };
  },
  callTool(_context: Context, name: string, _arguments: string): never {
    throw `no tool ${name}`;
  },
  step(): never {
    throw "no dialog";
  },
  onEvent() {
    return [];
  },
  migrate() {},
};
