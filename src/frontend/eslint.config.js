import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

// Each folder of src uses itself and what is named here, and nothing else; what puts them all on one screen lies above
// them, in src itself.
const MAY_USE = {
  shell: [],
  drawing: ["shell"],
  forms: ["shell"],
  questions: ["shell", "forms"],
  register: ["shell", "forms"],
  cards: ["shell", "forms", "register"],
  table: ["shell", "forms", "register", "drawing"],
};
const layers = Object.entries(MAY_USE).map(([folder, below]) => ({
  files: [`src/${folder}/**`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            regex: `^\\.\\./(?!(${below.join("|") || "-"})/)`,
            message: `src/${folder} uses only itself and: ${below.join(", ") || "nothing else"}.`,
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ["node_modules", "tests/page"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  a11y.flatConfigs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    plugins: { "react-hooks": hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Text is text: names of a model may hold anything." },
        { property: "outerHTML", message: "Text is text: names of a model may hold anything." },
      ],
      "no-restricted-syntax": [
        "error",
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Text is text." },
      ],
      "@typescript-eslint/no-dynamic-delete": "off", // sections of the view are records that lose things by id
    },
  },
  ...layers,
  { files: ["**/*.mjs", "*.js"], languageOptions: { globals: { process: "readonly", URL: "readonly" } } },
);
