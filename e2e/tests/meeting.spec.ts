// The weekly meeting of the improvement team, on the shared screen and on a phone: ideas are collected, twelve
// decisions are written in one piece, and the minutes show them without saying who spoke.
import { DeskApp } from '../pages/desk'
import { MeetingPage } from '../pages/meeting'
import { PhoneApp } from '../pages/phone'
import { expect, LOCALES, test, type Screen } from '../support/test'

const WORDS = {
  'zh-CN': {
    ideas: ['叉车道画上黄线', '冲床旁边加一个脚垫', '配电房门口不堆纸箱', '绕线机的剪刀系上绳子', '喷漆房换大一点的排风扇', '夜班多一盏应急灯', '周转车装上刹车', '废油桶贴上标签', '食堂门口放雨伞架', '工具墙画出轮廓', '饮水机旁放纸杯', '更衣室加挂钩'],
    speaker: '吴小宝',
    guest: '赵教官',
    yes: '好主意，一起来办。',
    no: '谢谢，今年先不做。',
    on: '谢谢，转给镇里来办。',
    to: '镇应急所',
  },
  en: {
    ideas: ['Yellow lines for the forklift lane', 'A mat beside the press', 'No cartons at the switch room', 'Scissors on a string at the winder', 'A bigger fan in the paint shop', 'One more lamp for the night shift', 'Brakes on the trolleys', 'Labels on the drums of waste oil', 'An umbrella stand at the canteen', 'Outlines on the tool wall', 'Paper cups at the water cooler', 'More hooks in the changing room'],
    speaker: 'Wu the Younger',
    guest: 'Trainer Blackwood',
    yes: 'Good idea, we do it together.',
    no: 'Thank you, not this year.',
    on: 'Thank you, we pass it on to the town.',
    to: 'The town office',
  },
}

for (const language of LOCALES) {
  for (const screen of ['desk', 'phone'] as Screen[]) {
    test.describe(`${language} ${screen}`, () => {
      test.use({ language })
      test.setTimeout(240_000)

      test('twelve decisions are written at once, and the minutes show them', async ({ person, say }) => {
        const words = WORDS[language]
        const page = await (await person(screen)).newPage()
        const app = screen === 'desk' ? new DeskApp(page, say, language) : new PhoneApp(page, say, language)
        const meeting = new MeetingPage(page, say, screen)
        // What is the same in two languages' runs on one demo must not be found twice.
        const ideas = words.ideas.map((each) => `${each} (${screen})`)

        await test.step('the secretary begins the meeting and marks who is here', async () => {
          await app.logIn('secretary')
          if (app instanceof DeskApp) await app.go('teams')
          else await app.tab('teams')
          await meeting.openAgenda()
          await meeting.begin()
          await meeting.showPeople()
          await meeting.tap('沈洁')
          await meeting.tap('李红')
          await meeting.addGuest(words.guest)
        })

        await test.step('twelve ideas are written down in a row and saved together', async () => {
          await meeting.collect()
          await meeting.note(ideas[0]!, words.speaker)
          for (const idea of ideas.slice(1)) await meeting.note(idea)
          await meeting.saveIdeas(12)
        })

        let owner = ''
        await test.step('the room decides about each of them', async () => {
          for (const idea of ideas.slice(0, 8)) owner = await meeting.acceptAndPlan(idea, words.yes)
          for (const idea of ideas.slice(8, 11)) await meeting.decline(idea, words.no)
          await meeting.refer(ideas[11]!, words.on, words.to)
          await meeting.expectWaiting(12)
        })

        await test.step('a reload loses nothing, and nothing has changed yet', async () => {
          await page.reload()
          await meeting.expectWaiting(12)
          await expect(await meeting.find(ideas[8]!)).toContainText(say('shared:state.new'))
        })

        await test.step('all are written in one piece', async () => {
          const sent: string[] = []
          page.on('request', (request) => {
            if (request.method() === 'POST') sent.push(new URL(request.url()).pathname.replace(/.*\//, ''))
          })
          await meeting.write()
          expect(sent).toEqual(['decisions'])
          await expect(meeting.item(ideas[8]!)).toHaveCount(0)
        })

        await test.step('the minutes show what was decided and nobody who spoke up', async () => {
          await meeting.close()
          const minutes = meeting.minutes
          for (const idea of ideas) await expect(minutes).toContainText(idea)
          const row = (idea: string) => minutes.locator('tbody tr').filter({ hasText: idea })
          await expect(row(ideas[0]!)).toContainText(say('teams:minutes.action.accept'))
          await expect(row(ideas[0]!)).toContainText(owner)
          await expect(row(ideas[8]!)).toContainText(words.no)
          await expect(row(ideas[11]!)).toContainText(words.to)
          await expect(minutes).toContainText(words.guest)
          await expect(minutes).toContainText('李红')
          await expect(minutes).not.toContainText(words.speaker)
        })

        await test.step('on paper stand the minutes alone', async () => {
          await page.emulateMedia({ media: 'print' })
          await expect(meeting.minutes).toBeVisible()
          await expect(page.getByRole('button')).toHaveCount(0)
          await expect(page.getByRole('navigation')).toHaveCount(0)
          await page.emulateMedia({ media: 'screen' })
          await meeting.post()
        })
      })
    })
  }
}
