import { defineConfig } from 'vite'
import { fileURLToPath, URL } from 'node:url'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// The public pages. Old Android browsers and those inside other apps open them, so the target is old;
// the server finds the hashed names in the manifest.
export default defineConfig({
  base: '/report/',
  publicDir: false,
  build: {
    outDir: 'dist/report',
    assetsDir: '.',
    manifest: 'manifest.json',
    target: ['es2017', 'chrome61', 'safari11'],
    modulePreload: false,
    rolldownOptions: {
      input: {
        main: here('./src/report/main.ts'),
        report: here('./src/report/report.css'),
        plain: here('./src/report/plain.css'),
      },
    },
  },
})
