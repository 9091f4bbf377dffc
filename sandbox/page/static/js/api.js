// Requests to the page's own address. A refusal becomes an Error whose message is a sentence for people.

async function asked(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(path, options);
  let data = {};
  try {
    data = await answer.json();
  } catch {
    // Not JSON: the status says enough.
  }
  if (!answer.ok) throw new Error(data.error || `${answer.status} ${answer.statusText}`);
  return data;
}

export const get = (path) => asked("GET", path);
export const post = (path, body = {}) => asked("POST", path, body);
export const remove = (path) => asked("DELETE", path);
export const act = (name, body) => post(`sandbox/act/${name}`, body);

export const fileUrl = (id) => `sandbox/files/${encodeURIComponent(id)}`;
export const mailUrl = (address, folder, uid, rest = "") =>
  `sandbox/mail/mailboxes/${encodeURIComponent(address)}/messages/${uid}${rest}?folder=${encodeURIComponent(folder)}`;
export const htmlUrl = (address, folder, uid) =>
  `page/html/${encodeURIComponent(address)}/${encodeURIComponent(folder)}/${uid}`;

export async function base64(file) {
  const url = await new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });
  return url.slice(url.indexOf(",") + 1);
}
