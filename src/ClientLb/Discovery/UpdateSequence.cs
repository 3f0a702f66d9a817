using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>Makes updates of states: says what is new and nothing twice.</summary>
internal sealed class UpdateSequence
{
    private IReadOnlyList<EndpointDescriptor>? _told;
    private bool _isStale;
    private bool _isIncomplete;
    private long _confirmedAt;
    private string? _note;
    private Exception? _error;

    /// <summary>What is to be said of a state, or nothing. To be asked until there is nothing: a first list goes before the error beside it.</summary>
    public EndpointUpdate? Next(in SourceState state)
    {
        if (_told is null && state.Endpoints is null or { Count: 0 } && state.Error is not null)
        {
            // An empty list beside an error is no answer: the calls go on waiting for one.
            return Tell(state, [], UpdateFreshness.Unchanged, state.Error);
        }

        if (_told is null)
        {
            // Without the error, which comes next: until then whoever reads "an error, so nothing new" would miss the first list.
            return state.Endpoints is null ? null : Tell(state, Keep(state), state.IsStale ? UpdateFreshness.Stale : UpdateFreshness.Fresh, null);
        }

        var isSame = state.Endpoints is null || (state.Endpoints.Count == 0 && state.Error is not null)
            || (state.IsIncomplete == _isIncomplete && (_isStale || !state.IsStale) && state.Endpoints.SequenceEqual(_told));
        return isSame
            ? Tell(state, _told, UpdateFreshness.Unchanged, state.Error)
            : Tell(state, Keep(state), state.IsStale ? UpdateFreshness.Stale : UpdateFreshness.Fresh, state.Error);
    }

    private IReadOnlyList<EndpointDescriptor> Keep(in SourceState state)
    {
        _isStale = state.IsStale;
        _isIncomplete = state.IsIncomplete;
        return _told = state.Endpoints!;
    }

    private EndpointUpdate? Tell(in SourceState state, IReadOnlyList<EndpointDescriptor> endpoints, UpdateFreshness freshness, Exception? error)
    {
        var isNews = freshness != UpdateFreshness.Unchanged || !ReferenceEquals(error, _error) || state.Note != _note
            || (error is null && state.ConfirmedAt > _confirmedAt);
        if (!isNews)
        {
            return null;
        }

        (_error, _note, _confirmedAt) = (error, state.Note, state.ConfirmedAt);
        _isStale &= state.IsStale;
        return new(endpoints, state.ConfirmedAt, freshness) { Note = state.Note, Error = error, IsIncomplete = _isIncomplete };
    }
}
