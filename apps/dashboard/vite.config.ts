import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const koble = 'http://localhost:3000'

/** Compresses once, at build time and as hard as it goes, what the server would else compress for every browser. */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  writeBundle({ dir = 'dist' }) {
    for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(js|css|svg)$/.test(name)) continue
      const content = readFileSync(join(dir, name))
      writeFileSync(join(dir, `${name}.br`), brotliCompressSync(content))
      writeFileSync(join(dir, `${name}.gz`), gzipSync(content, { level: 9 }))
    }
  },
}

export default defineConfig({
  plugins: [react(), tailwindcss(), compressed],
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
            { name: 'parts', test: /[\\/](src|lucide-react|sdk)[\\/]/, minShareCount: 4, priority: 2 },
            { name: 'dialogs', test: /[\\/]@(base-ui|floating-ui)[\\/]/, minShareCount: 3, priority: 1 },
          ],
        },
      },
    },
  },
})
