import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

/** The areas under features/: each may import from ui, api, offline and stores, never from another area. */
const areas = ['cases', 'people', 'places', 'exchange', 'session', 'start']

export default ts.config(
  { ignores: ['dist/**', 'dist-*/**', 'src/api/schema.gen.ts'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/essential'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      'max-lines': ['error', { max: 200 }],
      'vue/multi-word-component-names': 'off',
      // Text that others wrote is never markup here, and the content security policy relies on it.
      'vue/no-v-html': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    rules: { 'max-lines': ['error', { max: 600 }] },
  },
  ...areas.map((area) => ({
    files: [`src/features/${area}/**`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: areas
            .filter((other) => other !== area)
            .map((other) => ({
              group: [`**/features/${other}/**`, `@/features/${other}/**`],
              message: 'A feature imports from ui, api, offline and stores, never from another feature.',
            })),
        },
      ],
    },
  })),
)
