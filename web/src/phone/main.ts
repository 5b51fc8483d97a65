import { createApp } from 'vue'
import { pendingKey, senderKey } from '@/features/cases/send'
import { installI18n } from '@/modules/i18n'
import { installPwa } from '@/modules/pwa'
import { placeSigns } from '@/ui/signs'
import '@/ui/tokens.css'
import App from './App.vue'
import { pendingOn, sendByOutbox, startOutbox } from './outbox'
import './phone.css'
import { router } from './router'

placeSigns()
const app = createApp(App)
void installI18n(app, 'phone').then(() => {
  app.provide(senderKey, sendByOutbox)
  app.provide(pendingKey, pendingOn)
  app.use(router)
  app.mount('#app')
  void startOutbox()
  installPwa()
})
