import { defineConfig } from 'vite'
import { app, here } from './vite.apps.ts'

export default defineConfig(app({ phone: here('./phone/index.html') }, 'phone/manifest.json', false))
