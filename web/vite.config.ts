import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { fileURLToPath, URL } from 'node:url'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// The signed-in apps. The report page has its own configuration, because it must run in much older browsers.
export default defineConfig({
  plugins: [vue()],
  base: '/',
  resolve: { alias: { '@': here('./src') } },
  define: {
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    outDir: 'dist',
    manifest: 'manifest.json',
    target: ['chrome87', 'safari14', 'firefox90'],
    rolldownOptions: {
      input: {
        start: here('./index.html'),
        first: here('./start/index.html'),
        redeem: here('./login/redeem/index.html'),
        phone: here('./phone/index.html'),
        desk: here('./desk/index.html'),
      },
    },
  },
  server: {
    port: 5173,
    proxy: {
      '/api': process.env.HEZUO_API ?? 'http://127.0.0.1:8080',
    },
  },
  test: { include: ['src/**/*.spec.ts'], environment: 'node' },
})
