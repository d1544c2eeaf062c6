import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compressBuild } from '../../scripts/compress-build.ts'

export default defineConfig({
  base: '/portal/',
  plugins: [react(), compressBuild],
  server: { proxy: { '/api': 'http://localhost:3000' } },
  build: {
    target: 'es2023',
    // An inlined image would have to be allowed by the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
