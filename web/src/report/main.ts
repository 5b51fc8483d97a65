// One small script for the public pages; each page says by its content what it is.
import { startFollow } from './follow'
import { startReport } from './report'

if (document.getElementById('report')) void startReport()
else if (document.getElementById('follow')) startFollow()
