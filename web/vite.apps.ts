import vue from '@vitejs/plugin-vue'
import type { UserConfig } from 'vite'
import { fileURLToPath, URL } from 'node:url'

/** A path beside this file. */
export const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const texts = /\/src\/texts\/[^/]+\.([\w-]+)\.json$/

/**
 * The build of some signed-in apps. Each app is built by itself: apps that share a build share dozens of small
 * files too, and on a slow network every file that has to be waited for costs more than the bytes it saves.
 */
export const app = (input: Record<string, string>, manifest: string, first: boolean): UserConfig => ({
  plugins: [vue(), preloadTexts()],
  base: '/',
  resolve: { alias: { '@': here('./src') } },
  define: {
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  publicDir: first ? 'public' : false,
  build: {
    outDir: 'dist',
    emptyOutDir: first,
    manifest,
    target: ['chrome87', 'safari14', 'firefox90'],
    rolldownOptions: {
      input,
      // All texts of a language are one file.
      output: { codeSplitting: { groups: [{ debugName: 'texts', name: (id) => texts.exec(id)?.[1], test: texts }] } },
    },
  },
})

/** The first screen waits for its texts: the page names those of the language that most people read, beside its script. */
function preloadTexts() {
  return {
    name: 'preload-texts',
    transformIndexHtml: {
      order: 'post' as const,
      handler(_: string, { bundle }: { bundle?: Record<string, { fileName: string }> }) {
        const file = Object.keys(bundle ?? {}).find((name) => /\/zh-CN-[^/]+\.js$/.test(name))
        return file ? [{ tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href: `/${file}` }, injectTo: 'head' as const }] : []
      },
    },
  }
}
