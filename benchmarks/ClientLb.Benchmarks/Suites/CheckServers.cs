using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ClientLb.Benchmarks.Suites;

/// <summary>
/// The other process of <see cref="ChecksSuite"/>: one listener that is every address of 127/8, answers each connection once, and counts them by windows of 100 ms.
/// </summary>
internal static class CheckServers
{
    /// <summary>The argument that makes this program the server.</summary>
    public const string Command = "check-servers";

    private const int WindowMs = 100;

    private static readonly byte[] s_answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\nConnection: close\r\n\r\nHealthy"u8.ToArray();

    private static ConcurrentDictionary<long, int> s_windows = new();

    /// <summary>Serves until its input ends; a line asks for the count since the line before.</summary>
    public static async Task<int> RunAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Any, 0));
        listener.Listen(1024);
        Console.WriteLine(((IPEndPoint)listener.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture));
        _ = AcceptAsync(listener);
        while (await Console.In.ReadLineAsync().ConfigureAwait(false) is not null)
        {
            // The first and the last window are not whole.
            var windows = Interlocked.Exchange(ref s_windows, new());
            var (first, last) = windows.IsEmpty ? (0, 0) : (windows.Keys.Min(), windows.Keys.Max());
            var counts = new List<int>();
            for (var window = first + 1; window < last; window++)
            {
                counts.Add(windows.GetValueOrDefault(window));
            }

            Console.WriteLine(string.Join(' ', counts));
        }

        return 0;
    }

    private static async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            var socket = await listener.AcceptAsync().ConfigureAwait(false);
            s_windows.AddOrUpdate(Environment.TickCount64 / WindowMs, 1, static (_, count) => count + 1);
            _ = AnswerAsync(socket);
        }
    }

    private static async Task AnswerAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                if (IPAddress.IsLoopback(((IPEndPoint)socket.RemoteEndPoint!).Address))
                {
                    var request = new byte[1024];
                    if (await socket.ReceiveAsync(request).ConfigureAwait(false) > 0)
                    {
                        await socket.SendAsync(s_answer).ConfigureAwait(false);
                        socket.Shutdown(SocketShutdown.Send);
                        await socket.ReceiveAsync(request).ConfigureAwait(false);
                    }
                }
            }
            catch (SocketException)
            {
                // The client has gone.
            }
        }
    }
}
