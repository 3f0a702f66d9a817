using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace ClientLb.Http;

/// <summary>Ends a body that its owner dropped without disposing it: the one finalizer of the bodies.</summary>
/// <remarks>
/// It is an object of its own, and pooled, because to allocate an object with a finalizer costs more than the rest of a tracked body:
/// the content refers to its guard and the guard to its content; the pool holds a guard only while it guards nothing.
/// </remarks>
internal sealed class BodyGuard
{
    private const int MostSpares = 1024;

    private static readonly ConcurrentQueue<BodyGuard> Spares = new();

    [ThreadStatic]
    private static BodyGuard? t_spare;

    private TrackedContent? _body;

    private BodyGuard()
    {
    }

    [SuppressMessage("Design", "CA1031", Justification = "An exception that leaves a finalizer ends the process.")]
    ~BodyGuard()
    {
        var body = _body;

        // Without a body it is not pooled again: an object is finalised once.
        _body = null;
        try
        {
            body?.End(BodyEnd.Abandoned);
        }
        catch (Exception)
        {
            // Nobody is left to be told.
        }
    }

    /// <summary>Sets a guard on a body.</summary>
    public static BodyGuard Over(TrackedContent body)
    {
        var guard = t_spare;
        if (guard is not null)
        {
            t_spare = null;
        }
        else if (!Spares.TryDequeue(out guard))
        {
            guard = new BodyGuard();
        }

        guard._body = body;
        return guard;
    }

    /// <summary>The body has ended: the guard is free. Called once.</summary>
    public void Dismiss()
    {
        if (_body is null)
        {
            return;
        }

        _body = null;
        if (t_spare is null)
        {
            t_spare = this;
        }
        else if (Spares.Count < MostSpares)
        {
            Spares.Enqueue(this);
        }
    }
}
