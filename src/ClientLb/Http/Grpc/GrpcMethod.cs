namespace ClientLb.Http.Grpc;

/// <summary>What a client knows of one gRPC method: said by the settings, or learned from its answers.</summary>
/// <remarks>
/// Nothing on the wire says whether a call is a unary one that is late or a stream that has nothing to say yet: servers send their headers with the first message. So limits on the time to headers, places
/// and the look for stalls are for methods whose calls have ended with one message several times.
/// <code>
///   0 --one message--> 1 --> … --> Believed: unary --(its calls are cut, or its status is late)--> 0
///   any --two messages in one answer, or a good end without one--> a stream for good
/// </code>
/// </remarks>
internal sealed class GrpcMethod(string path, bool isIdempotent, bool learns = true)
{
    /// <summary>How many calls must have ended with one message. A stream may do so now and then.</summary>
    public const int Believed = 5;

    // A server that is frozen costs an attempt now and then, while others answer. Where nobody does, it may be that nobody has anything to say.
    private const int MostCuts = 3;

    // What is in flight at a server that freezes is given up at once: that is one cut, however many attempts they were.
    private static readonly long s_moment = TimeSpan.FromSeconds(1).Ticks;

    private const int Streaming = -1;

    private int _calls;
    private int _cuts;
    private long _cutAt = long.MinValue / 2;
    private volatile bool _hasEarlyHeaders;

    /// <summary>Its path, <c>/package.Service/Method</c>.</summary>
    public string Path => path;

    /// <summary>Whether the settings say that it may be carried out more than once.</summary>
    public bool IsIdempotent => isIdempotent;

    /// <summary>True once several calls in a row have answered with one message, and as long as none has answered with more.</summary>
    public bool IsUnary => Volatile.Read(ref _calls) == Believed;

    /// <summary>Whether, where it is unary, its headers come with its message: then the silence behind them is the server's, and no stream that has nothing to say.</summary>
    public bool SpeaksWithHeaders => !_hasEarlyHeaders;

    /// <summary>A call has ended well, or its second message has come.</summary>
    /// <param name="messages">The messages of its answer.</param>
    public void Learn(int messages)
    {
        if (!learns)
        {
            return;
        }

        if (messages != 1)
        {
            Volatile.Write(ref _calls, Streaming);
            return;
        }

        if (Volatile.Read(ref _cuts) != 0)
        {
            Volatile.Write(ref _cuts, 0);
        }

        // A stream stays one, whoever learns something else at this moment; that one of several is not counted does no harm.
        var calls = Volatile.Read(ref _calls);
        if (calls is >= 0 and < Believed)
        {
            Interlocked.CompareExchange(ref _calls, calls + 1, calls);
        }
    }

    /// <summary>Its message has come and its status has not: it may be a stream, of which that was the first. It has to show again that it is none.</summary>
    public void Doubt()
    {
        for (var calls = Volatile.Read(ref _calls); calls > 0; calls = Volatile.Read(ref _calls))
        {
            if (Interlocked.CompareExchange(ref _calls, 0, calls) == calls)
            {
                return;
            }
        }
    }

    /// <summary>An attempt was given up by our own clocks.</summary>
    /// <param name="wasSilent">Whether its headers had come, and no message: then no attempt is given up in that state again.</param>
    /// <param name="now">The present, in ticks.</param>
    public void NoteCut(bool wasSilent, long now)
    {
        if (wasSilent)
        {
            _hasEarlyHeaders = true;
        }

        var last = Volatile.Read(ref _cutAt);
        if (now - last < s_moment || Interlocked.CompareExchange(ref _cutAt, now, last) != last)
        {
            return;
        }

        if (Interlocked.Increment(ref _cuts) >= MostCuts)
        {
            Volatile.Write(ref _cuts, 0);
            Doubt();
        }
    }
}
