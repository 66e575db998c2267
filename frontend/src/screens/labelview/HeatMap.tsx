/** The heat map over a picture; nothing where there is none (a picture that has no features yet). */
export function HeatMap({ url }: { url: string }) {
  return (
    <img
      className="tile-heat"
      src={url}
      alt=""
      draggable={false}
      decoding="async"
      onLoad={(event) => (event.currentTarget.hidden = false)}
      onError={(event) => (event.currentTarget.hidden = true)}
    />
  );
}
