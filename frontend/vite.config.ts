/** Builds to dist/, served by the app under /static/page/; `npm run dev` proxies everything else to the app. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const APP = "http://127.0.0.1:8000";

export default defineConfig(({ command }) => ({
  base: command === "build" ? "/static/page/" : "/",
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    sourcemap: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: {
      "/api": APP,
      "/media": APP,
      "/enter": APP,
      "/admin": APP,
      "/ws": { target: APP, ws: true },
    },
  },
  // Without `css` a stylesheet would be empty to the tests that read them.
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "node", css: true },
}));
