import { createApp } from 'vue'
import { installI18n } from '@/modules/i18n'
import { placeSigns } from '@/ui/signs'
import '@/ui/tokens.css'
import App from './App.vue'
import './desk.css'
import { router } from './router'

placeSigns()
const app = createApp(App)
void installI18n(app, 'desk').then(() => {
  app.use(router)
  app.mount('#app')
})
