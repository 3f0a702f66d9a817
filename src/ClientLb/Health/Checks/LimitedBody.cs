namespace ClientLb.Health.Checks;

/// <summary>Reads a body up to a limit.</summary>
internal static class LimitedBody
{
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var body = new byte[Math.Min(limit, 1024)];
            var length = 0;
            while (true)
            {
                if (length == body.Length)
                {
                    if (length == limit)
                    {
                        return body;
                    }

                    Array.Resize(ref body, Math.Min(limit, 2 * length));
                }

                var read = await stream.ReadAsync(body.AsMemory(length), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    return body.AsMemory(0, length);
                }

                length += read;
            }
        }
    }
}
