namespace ClientLb.Http;

/// <summary>The whole body of an answer, read before the caller got it: nothing is open behind it.</summary>
internal sealed class BufferedContent(byte[] bytes, int count) : ByteArrayContent(bytes, 0, count);
