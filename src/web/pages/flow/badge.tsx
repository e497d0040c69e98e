/** The badge of a flow, with the line of Markdown that shows it elsewhere. Folded: few want it, and it is loaded only then. */
import { badgePicture } from '../../address.ts';

/** `url`: absolute, with the key to this badge and to nothing else. */
export function BadgeSection({ flow, url }: { flow: string; url: string }) {
  return (
    <details id="badge-line">
      <summary class="sub">Badge for a page elsewhere</summary>
      <p>
        <img src={badgePicture(flow)} alt={`How ${flow} stands`} height="20" loading="lazy" />
      </p>
      <pre>
        ![{markdownText(flow)}]({url})
      </pre>
      <p class="sub">
        Whoever has this address sees how the flow stands, and nothing else. It changes with the token of the server.
      </p>
    </details>
  );
}

function markdownText(text: string): string {
  return text.replace(/[\\[\]]/g, '\\$&').replace(/\s+/g, ' ');
}
