using System.Text.Json;

namespace ClientLb.Health.Checks;

/// <summary>The answers of ASP.NET Core's health checks: a word, or JSON with a status.</summary>
internal static class HealthBody
{
    /// <summary>Whether a body is the word <c>Degraded</c>, or a JSON object whose <c>status</c> is.</summary>
    public static bool IsDegraded(ReadOnlySpan<byte> body)
    {
        body = body.Trim(" \t\r\n"u8);
        if (body.Length == 0 || body[0] != (byte)'{')
        {
            return body.SequenceEqual("Degraded"u8);
        }

        try
        {
            return IsDegradedJson(body);
        }
        catch (JsonException)
        {
            // Not JSON after all, or more of it than is read.
            return false;
        }
    }

    private static bool IsDegradedJson(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
            {
                var isStatus = reader.ValueTextEquals("status"u8) || reader.ValueTextEquals("Status"u8);
                reader.Read();
                if (isStatus)
                {
                    return reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("Degraded"u8);
                }

                reader.Skip();
            }
        }

        return false;
    }
}
