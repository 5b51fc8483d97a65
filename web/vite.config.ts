import { defineConfig } from 'vitest/config'
import { app, here } from './vite.apps.ts'

// The pages that lead into an app, and the desk app. The phone app and the report page have builds of their own.
export default defineConfig({
  ...app(
    {
      start: here('./index.html'),
      first: here('./start/index.html'),
      redeem: here('./login/redeem/index.html'),
      from: here('./login/from/index.html'),
      desk: here('./desk/index.html'),
    },
    'manifest.json',
    true,
  ),
  server: {
    port: 5173,
    proxy: {
      '/api': process.env.HEZUO_API ?? 'http://127.0.0.1:8080',
    },
  },
  test: { include: ['src/**/*.spec.ts'], environment: 'node' },
})
