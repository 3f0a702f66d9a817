namespace ClientLb.Endpoints;

/// <summary>What carries attempts to an endpoint, and can end them in the middle.</summary>
internal interface ICutOff
{
    /// <summary>Ends whatever is under way. It stays usable for what comes later.</summary>
    void CutOff();
}
