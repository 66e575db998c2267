import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ["src/**/*.{ts,tsx}", "vite.config.ts"],
    plugins: { "react-hooks": hooks },
    languageOptions: { globals: globals.browser },
    rules: {
      ...hooks.configs.recommended.rules,
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-confusing-void-expression": "off",
      "max-lines": ["error", { max: 350, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      "no-console": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "CallExpression[callee.property.name=/^(setQueryData|setQueriesData|invalidateQueries|removeQueries|resetQueries|cancelQueries)$/], " +
            "CallExpression[callee.object.name='queries'][callee.property.name='clear']",
          message:
            "The query cache is written in src/api/cache.ts only: call, or add, a function there that names what has happened.",
        },
      ],
      // The React compiler is not used, so a library it cannot memoize is no problem.
      "react-hooks/incompatible-library": "off",
    },
  },
  { files: ["src/api/cache.ts"], rules: { "no-restricted-syntax": "off" } },
  // What one thing must do stands in one file, however much it is.
  { files: ["src/**/*.test.ts"], rules: { "max-lines": ["error", 450], "max-lines-per-function": "off" } },
);
