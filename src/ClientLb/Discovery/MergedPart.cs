using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>What one source of several has said last.</summary>
internal sealed class MergedPart(string name, int rank)
{
    /// <summary>Far above any priority that is configured (0 to 1000), so that parts never mix.</summary>
    public const int PriorityStep = 10_000;

    private bool _isEmptied;
    private bool _saysIncomplete;

    public string Name => name;

    /// <summary>Its list with the priorities of its rank; <see langword="null"/> before the first.</summary>
    public IReadOnlyList<EndpointDescriptor>? Endpoints { get; private set; }

    public long ConfirmedAt { get; private set; }

    public bool IsStale { get; private set; }

    public string? Note { get; private set; }

    public Exception? Error { get; private set; }

    /// <summary>It has given a list or an error, or it is over.</summary>
    public bool HasSpoken { get; private set; }

    public bool HasEnded { get; private set; }

    /// <summary>It lost more than half of four or more endpoints at once. Stays so until somebody says that it has been seen.</summary>
    public bool HasCollapsed { get; private set; }

    /// <summary>The rules that a table has for a whole list, which can't see one part of it.</summary>
    public bool IsIncomplete => _saysIncomplete || _isEmptied || HasCollapsed;

    public void Take(EndpointUpdate update)
    {
        HasSpoken = true;
        Note = update.Note;
        Error = update.Error;
        if (!update.HasList)
        {
            return;
        }

        ConfirmedAt = update.ConfirmedAt;
        IsStale = update.Freshness == UpdateFreshness.Stale;
        if (update.Freshness == UpdateFreshness.Unchanged && Endpoints is not null)
        {
            return;
        }

        var before = Endpoints ?? [];
        Endpoints = Ranked(update.Endpoints);
        _saysIncomplete = update.IsIncomplete;
        _isEmptied = Endpoints.Count == 0 && (_isEmptied || before.Count > 0);
        HasCollapsed |= Endpoints.Count > 0 && before.Count >= 4 && CountLost(before, Endpoints) * 2 > before.Count;
    }

    public void Fail(Exception error)
    {
        HasSpoken = true;
        Error = error;
    }

    public void End() => HasSpoken = HasEnded = true;

    public void Settle() => HasCollapsed = false;

    private static int CountLost(IReadOnlyList<EndpointDescriptor> before, IReadOnlyList<EndpointDescriptor> after)
    {
        var left = after.ToHashSet(AddressComparer.Instance);
        return before.Count(endpoint => !left.Contains(endpoint));
    }

    private EndpointDescriptor[] Ranked(IReadOnlyList<EndpointDescriptor> endpoints)
    {
        var ranked = new EndpointDescriptor[endpoints.Count];
        for (var i = 0; i < ranked.Length; i++)
        {
            var endpoint = endpoints[i];
            var priority = (rank * PriorityStep) + Math.Clamp(endpoint.Priority, 0, PriorityStep - 1);
            ranked[i] = endpoint.Priority == priority ? endpoint : endpoint with { Priority = priority };
        }

        return ranked;
    }
}
