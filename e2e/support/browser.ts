/** The system's Chromium, alone and quiet: it asks nothing of the network by itself, and its microphone hears only beeps. */
export const BROWSER = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--use-fake-device-for-media-stream'],
}
