import { createI18n, type LocaleMessageDictionary, type VueMessageType } from 'vue-i18n'
import type { App } from 'vue'

export const locales = ['zh-CN', 'en'] as const
export type Locale = (typeof locales)[number]

type Texts = LocaleMessageDictionary<VueMessageType>
type Loader = () => Promise<{ default: Texts }>

// The report page's texts are the server's to put into its pages, the files' headers too.
const loaders = import.meta.glob<{ default: Texts }>(['../texts/*.json', '!../texts/report.*', '!../texts/exports.*', '!../texts/own_data.*'])
const kept = 'hezuo.locale'

/** One instance for the app; its messages are loaded language by language. */
export const i18n = createI18n<false>({
  legacy: false,
  locale: 'zh-CN',
  fallbackWarn: false,
  missingWarn: import.meta.env.MODE === 'development',
  flatJson: true,
  messages: {},
})

let bundle: string[] = []
let asked = 0

function load(name: string, locale: Locale): Promise<Texts> {
  const loader = loaders[`../texts/${name}.${locale}.json`] as Loader
  return loader().then((texts) => texts.default)
}

/** Switches every text on the page, and remembers the choice on this device. */
export async function useLocale(locale: Locale, remember = false): Promise<void> {
  // The device's language and the account's are asked for side by side: the last one asked for stands.
  const mine = ++asked
  const [problem, ...rest] = await Promise.all(['problems', ...bundle].map((name) => load(name, locale)))
  if (mine !== asked) return
  i18n.global.setLocaleMessage(locale, Object.assign({ problem }, ...rest))
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
  if (remember) localStorage.setItem(kept, locale)
}

/** The language of the user's account, unless this device was switched to another. */
export async function followSession(locale: string): Promise<void> {
  const known = locales.find((each) => each === locale)
  if (known && !localStorage.getItem(kept)) await useLocale(known)
}

/** Installs the texts of one app (`phone` or `desk`) in the language this device asks for. */
export async function installI18n(app: App, name: string): Promise<void> {
  bundle = ['shared', 'identity', 'teams', 'projects', 'boards', 'oversight', name]
  const wanted = localStorage.getItem(kept) ?? (navigator.language.startsWith('zh') ? 'zh-CN' : 'en')
  await useLocale(locales.find((each) => each === wanted) ?? 'zh-CN')
  app.use(i18n)
}
