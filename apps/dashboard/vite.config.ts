import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compressBuild } from '../../scripts/compress-build.ts'

/** What only the pages about sending have in common. */
const sending =
  /[\\/]src[\\/](outbound-|components[\\/](attempt-|code-field|check-field|deliver|destination-table|message-table|tabs))/

const koble = 'http://localhost:3000'

export default defineConfig({
  plugins: [react(), tailwindcss(), compressBuild],
  server: { proxy: { '/api': koble, '/webhooks': koble, '/docs': koble } },
  build: {
    target: 'es2023',
    // Logos and icons stay files: an inlined one would have to be allowed by the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // What every page needs and what changes with upgrades only, so that browsers keep it.
            {
              name: 'framework',
              test: /node_modules[\\/](react|react-dom|scheduler|use-sync-external-store|@tanstack)[\\/]/,
              priority: 3,
            },
            // Many pages need these; alone, each would be a request of a few hundred bytes.
            {
              name: 'parts',
              test: (id) => /[\\/](src|lucide-react|sdk)[\\/]/.test(id) && !sending.test(id),
              minShareCount: 8,
              priority: 2,
            },
            // The overview needs it as well as the pages about sending do, and would bring all that is theirs along.
            { name: 'log-line', test: /[\\/]log-line\.tsx$/, minShareCount: 2, priority: 2 },
            // The pages about sending need these, and the first load does not.
            {
              name: 'sending',
              test: sending,
              minShareCount: 2,
              priority: 1,
            },
            { name: 'dialogs', test: /[\\/]@(base-ui|floating-ui)[\\/]/, minShareCount: 3, priority: 1 },
          ],
        },
      },
    },
  },
})
