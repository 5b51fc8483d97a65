// One small script for the public pages; each page says by its content what it is.
import { startFollow } from './follow'
import { startReport } from './report'
import { startReward } from './reward'

if (document.getElementById('report')) void startReport()
else if (document.getElementById('follow')) startFollow()

const pay = location.hash.slice(1)
// Neither the address bar nor the history keeps a pay code.
if (pay) history.replaceState(history.state, '', location.pathname + location.search)
if (document.getElementById('take')) startReward(pay)
