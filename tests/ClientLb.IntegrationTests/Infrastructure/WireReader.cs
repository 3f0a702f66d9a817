using System.Globalization;
using System.Text;

namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>Reads requests from a raw connection.</summary>
internal sealed class WireReader(Stream stream, CancellationToken cancellationToken)
{
    private const int Chunked = -1;

    private readonly byte[] _buffer = new byte[8192];
    private int _from;
    private int _to;

    /// <summary>The next line; <see langword="null"/> at the end.</summary>
    public async Task<string?> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_from == _to && !await FillAsync())
            {
                return null;
            }

            var c = (char)_buffer[_from++];
            if (c == '\n')
            {
                return line.ToString();
            }

            if (c != '\r')
            {
                line.Append(c);
            }
        }
    }

    /// <summary>Reads to the empty line.</summary>
    /// <returns>The length of the body, or -1 for one in chunks.</returns>
    public async Task<int> ReadHeadersAsync()
    {
        var length = 0;
        while (await ReadLineAsync() is { Length: > 0 } line)
        {
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            {
                length = int.Parse(line.AsSpan(15));
            }
            else if (line.StartsWith("Transfer-Encoding:", StringComparison.OrdinalIgnoreCase))
            {
                length = Chunked;
            }
        }

        return length;
    }

    public async Task SkipBodyAsync(int length)
    {
        if (length != Chunked)
        {
            await SkipAsync(length);
            return;
        }

        var size = -1;
        while (size != 0 && await ReadLineAsync() is { Length: > 0 } line)
        {
            size = int.Parse(line, NumberStyles.HexNumber);
            await SkipAsync(size);
            await ReadLineAsync();
        }
    }

    private async Task SkipAsync(int count)
    {
        while (count > 0 && (_from < _to || await FillAsync()))
        {
            var step = Math.Min(count, _to - _from);
            _from += step;
            count -= step;
        }
    }

    private async Task<bool> FillAsync()
    {
        _from = 0;
        _to = await stream.ReadAsync(_buffer, cancellationToken);
        return _to > 0;
    }
}
